import { Type } from 'typebox';
import { exactly } from './common.ts';

/**
 * How serving machines are doing.
 *
 *   POST   machine-mappings/test {base_url, health_path?} -> MachineTest
 *   GET    machines/health -> {items: MachineHealth[]}   as the server sees them that answers
 */

/** Path of the machine, not of its base URL, that answers 2xx while it is well; without it a TCP connection must open. */
export const healthPath = Type.Optional(Type.String({ maxLength: 500 }));

export const machineTestInput = Type.Object(
  { base_url: Type.String({ minLength: 1, maxLength: 2000 }), health_path: healthPath },
  exactly,
);

/** What was found at the address of a machine. */
export interface MachineTest {
  /** As it would be stored. */
  base_url: string;
  ok: boolean;
  /** What the health path answered with. */
  http_status?: number;
  duration_ms: number;
  /** What went wrong, and what may help. */
  error?: string;
}

/** How a machine is doing, as one server sees it. Times ISO 8601. */
export interface MachineState {
  /** An ejected machine gets no calls; one on trial gets one, which decides. */
  state: 'healthy' | 'ejected' | 'trial';
  /** Calls that it has not answered yet. */
  pending: number;
  last_check?: { at: string; ok: boolean; duration_ms: number; error?: string };
  ejected_until?: string;
  /** How often it was ejected since the server started. */
  ejections: number;
  last_error?: { at: string; message: string };
}

/** The state of a registered machine; `id` is that of its mapping. */
export interface MachineHealth extends MachineState {
  id: string;
  serving_task_id: string;
  base_url: string;
}
