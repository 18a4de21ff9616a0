import { readNetworks } from './listeners.ts';
import { type Reading, readNumber } from './reading.ts';

/** What calls and their peers may do. */
export interface CallConfig {
  /** Networks beside the public ones that the serving runtime may fetch images from. */
  fetchNetworks: string[];
  /** The only networks that serving machines may be in; none given allows any. */
  servingNetworks: string[];
  /** Calls that one serving machine may have pending. */
  machinePending: number;
  /** Networks beside the public ones that the receivers of callbacks may be in. */
  callbackNetworks: string[];
  calls: CallLogConfig;
}

/** What the log of calls keeps. */
export interface CallLogConfig {
  /** Days until a call that has ended is deleted; 0 keeps all. */
  retentionDays: number;
  /** Whether the environment says so; else administrators may change it. */
  retentionIsFixed: boolean;
  /** Characters of a request and of an answer; 0 keeps neither. */
  bodyChars: number;
}

export function readCalls(reading: Reading): CallConfig {
  const number = (name: string, min: number, max: number, what: string) =>
    readNumber(name, reading, { min, max, what });
  return {
    fetchNetworks: readNetworks('ARNO_SERVING_FETCH_NETWORKS', reading),
    servingNetworks: readNetworks('ARNO_SERVING_NETWORKS', reading),
    machinePending: number('ARNO_MACHINE_PENDING', 1, 65_535, 'calls'),
    callbackNetworks: readNetworks('ARNO_CALLBACK_NETWORKS', reading),
    calls: {
      retentionDays: number('ARNO_CALL_RETENTION', 0, 36_500, 'days'),
      retentionIsFixed: reading.isGiven('ARNO_CALL_RETENTION'),
      bodyChars: number('ARNO_CALL_BODY_CHARS', 0, 262_144, 'characters'),
    },
  };
}
