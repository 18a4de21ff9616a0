import type { Endpoint } from '../../clearml/endpoint.ts';
import { countEndpoints } from './counts.ts';
import { downloadEndpoints } from './download.ts';
import { contentsEndpoints } from './project-contents.ts';
import { projectListEndpoints } from './project-list.ts';
import { valuesEndpoints } from './project-values.ts';
import { tagEndpoints } from './tags.ts';

/** What looks across projects, tasks and models, so that it can belong to none of them. */
export const organizationEndpoints: Endpoint[] = [
  ...countEndpoints,
  ...downloadEndpoints,
  ...tagEndpoints,
  ...projectListEndpoints,
  ...contentsEndpoints,
  ...valuesEndpoints,
];
