import { type FileDeletionState, fileDeletionStates } from '@arno/protocol';
import { defined, oneOf, type RawSearch } from '../../app/search.ts';

/** Which files of deleted tasks are listed; those that were refused, failed or belong to others without it. */
export interface HealthSearch {
  files?: FileDeletionState;
}

export function readHealthSearch(search: RawSearch): HealthSearch {
  return defined({ files: oneOf(fileDeletionStates, search.files) });
}
