import type { ReactNode } from 'react';
import { DASH } from './format.ts';

/** Nothing is shown as a dash, so that an empty place is never taken for a missing one. */
export function orDash(value: ReactNode): ReactNode {
  return value === undefined || value === null || value === '' || value === false ? DASH : value;
}
