import type { Endpoint } from '../../clearml/endpoint.ts';
import { documentEndpoints } from './document-endpoints.ts';
import { Intake } from './intake.ts';
import { logEndpoints } from './log-endpoints.ts';
import { sampleEndpoints } from './sample-endpoints.ts';
import { scalarEndpoints } from './scalar-endpoints.ts';
import { writeEndpoints } from './write-endpoints.ts';

/** The service `events`: what tasks and models report, and reading it back. */
export function eventsEndpoints(): Endpoint[] {
  return [
    ...writeEndpoints(new Intake()),
    ...logEndpoints,
    ...scalarEndpoints,
    ...documentEndpoints,
    ...sampleEndpoints,
  ];
}
