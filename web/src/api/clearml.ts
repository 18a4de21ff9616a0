import { createClearmlClient } from '@arno/protocol/clearml';
import { basePath } from '../app/base.ts';

/** The ClearML API of this origin; the session cookie speaks for the person. */
export const clearml = createClearmlClient({ baseUrl: `${basePath}/api` });
