export { type LeaseSettings, LeaseWatch, lookEveryMs } from './watch.ts';
