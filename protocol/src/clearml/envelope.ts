/** Every JSON answer of the ClearML API, also an error, has this shape; the HTTP status repeats `result_code`. */
export interface Envelope<Data = unknown> {
  meta: {
    id: string;
    trx: string;
    endpoint: { name: string; requested_version: string | number; actual_version: string | number };
    result_code: number;
    result_subcode: number;
    result_msg: string;
    /** Only filled for an unknown error (500/0). */
    error_stack: string;
    error_data: Record<string, unknown>;
  };
  data: Data;
}
