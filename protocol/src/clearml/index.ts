export * from './client.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './extensions.ts';
export type { Endpoints } from './generated/index.ts';
