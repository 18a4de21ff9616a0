import type { MachineState, MachineTest } from '@arno/protocol';
import type { ServingMachine } from '../../features/mappings/index.ts';
import type { AddressRules } from '../../platform/addresses.ts';
import { guardedConnector } from '../../platform/connector.ts';
import { GatewayError } from '../errors.ts';
import { KeptClosedError } from '../upstream/connection.ts';
import { Checker } from './check.ts';
import { Checkup } from './checkup.ts';
import type { ModelAnswer } from './exchange.ts';
import { isConnectionFailure, machineFailure, NoMachineError } from './failures.ts';
import { Machine, type ModelRequest } from './machine.ts';
import { isRepeatable } from './request-body.ts';

/** A call of a model, for whichever machine takes it. */
export interface FleetRequest extends ModelRequest {
  /** Told each machine before it is tried. */
  onTry(machine: string): void;
}

/** The serving machines that this server knows: those that are registered, and those that a call was sent to. */
export class Machines {
  readonly #connect;
  readonly #checker: Checker;
  readonly #maxPending: number;
  readonly #machines = new Map<string, { machine: Machine; checkup: Checkup }>();
  /** Of the lists that routes have, for as long as no machine goes. */
  #fleets = new WeakMap<readonly ServingMachine[], readonly Machine[]>();
  #turn = 0;

  /** @param maxPending calls that each of them may have pending */
  constructor(rules: AddressRules, maxPending: number) {
    this.#maxPending = maxPending;
    this.#connect = guardedConnector(rules);
    this.#checker = new Checker(this.#connect);
  }

  /**
   * Sends a request to the machine with the least pending calls; once more to another one when the connection failed before the
   * head of an answer. Where there is no other, the same is asked again if all it did was to close a kept connection. A machine may
   * then have begun to work on it: a model's answer is a function of the request, so asking twice is safe. A body that was already
   * on its way in parts is not sent again.
   *
   * @throws NoMachineError, GatewayError machine_unavailable, bad_answer, or what ended the call
   */
  async send(registered: readonly ServingMachine[], request: FleetRequest): Promise<ModelAnswer> {
    const machines = this.#fleet(registered);
    const first = this.#leastPending(machines) ?? refuse(machines);
    try {
      return await this.#try(first, request);
    } catch (error) {
      const mayRepeat = isConnectionFailure(error) && isRepeatable(request.body) && !request.end.reason;
      const second = mayRepeat && this.#secondAfter(error, first, machines);
      if (!second) throw machineFailure(error);
      return this.#try(second, { ...request, isWary: second === first }).catch((later: unknown) => {
        const failure = machineFailure(later);
        // That the second cannot be reached does not undo what the first may have begun.
        throw failure instanceof NoMachineError ? machineFailure(error) : failure;
      });
    }
  }

  /** Who is asked after `first` has failed; undefined when nobody is left. */
  #secondAfter(error: unknown, first: Machine, machines: readonly Machine[]): Machine | undefined {
    const other = this.#leastPending(machines.filter((machine) => machine !== first));
    return other ?? (error instanceof KeptClosedError && first.takesCalls ? first : undefined);
  }

  /** @throws what send() would throw at once */
  requireRoom(registered: readonly ServingMachine[]): void {
    const machines = this.#fleet(registered);
    if (!machines.some((machine) => machine.takesCalls)) refuse(machines);
  }

  /** Keeps the machines that are registered now, and looks after them from now on. */
  follow(registered: readonly ServingMachine[]): void {
    const wanted = new Set(registered.map(keyOf));
    for (const address of registered) this.#known(address);
    for (const [key, { machine, checkup }] of this.#machines) {
      if (wanted.has(key)) continue;
      this.#machines.delete(key);
      this.#fleets = new WeakMap();
      checkup.stop();
      void machine.close();
    }
  }

  /** How a machine is doing; undefined when this server does not know it. */
  state(address: ServingMachine): MachineState | undefined {
    return this.#machines.get(keyOf(address))?.machine.report();
  }

  /** The states of all machines that this server knows, with their base URLs. */
  states(): [baseUrl: string, state: MachineState][] {
    return [...this.#machines.values()].map(({ machine }) => [machine.address.base_url, machine.report()]);
  }

  /** Looks at an address before it is registered. */
  async test(address: ServingMachine): Promise<MachineTest> {
    const { ok, httpStatus, durationMs, error } = await this.#checker.check(address);
    return {
      ...{ base_url: address.base_url, ok, duration_ms: durationMs },
      ...(httpStatus !== undefined && { http_status: httpStatus }),
      ...(error !== undefined && { error }),
    };
  }

  async close(): Promise<void> {
    const all = [...this.#machines.values()];
    this.#machines.clear();
    for (const { checkup } of all) checkup.stop();
    await Promise.all([this.#checker.close(), ...all.map(({ machine }) => machine.destroy())]);
  }

  #fleet(registered: readonly ServingMachine[]): readonly Machine[] {
    const known = this.#fleets.get(registered);
    if (known) return known;
    const fleet = registered.map((address) => this.#known(address));
    this.#fleets.set(registered, fleet);
    return fleet;
  }

  #known(address: ServingMachine): Machine {
    const key = keyOf(address);
    const known = this.#machines.get(key);
    if (known) return known.machine;
    const machine = new Machine(address, {
      connect: this.#connect,
      maxPending: this.#maxPending,
      onDoubt: () => checkup.soon(),
    });
    const checkup = new Checkup(machine, this.#checker);
    this.#machines.set(key, { machine, checkup });
    return machine;
  }

  #try(machine: Machine, request: FleetRequest): Promise<ModelAnswer> {
    request.onTry(machine.address.base_url);
    return machine.send(request);
  }

  /** Of those that take calls, the one with the least pending ones; machines with as many take turns. */
  #leastPending(machines: readonly Machine[]): Machine | undefined {
    const start = this.#turn++;
    let best: Machine | undefined;
    for (let n = 0; n < machines.length; n++) {
      const machine = machines[(start + n) % machines.length] as Machine;
      if (!machine.takesCalls) continue;
      if (!best || machine.load < best.load) best = machine;
    }
    return best;
  }
}

/** One machine serves several serving tasks under one address. */
function keyOf({ base_url, health_path }: ServingMachine): string {
  return `${base_url} ${health_path ?? ''}`;
}

/** Why no machine takes a call. */
function refuse(machines: readonly Machine[]): never {
  if (machines.length === 0) throw new NoMachineError('no serving machine is registered for this model');
  if (machines.some(({ health, isFull }) => isFull && health.admits)) {
    const words = 'every serving machine has as many calls as it can take; try again in a moment';
    throw new GatewayError('machine_unavailable', words, undefined, 1);
  }
  const seconds = Math.max(1, Math.ceil(Math.min(...machines.map(({ health }) => health.waitMs)) / 1000));
  const reports = machines.map(
    ({ address, health }) => `${address.base_url}: ${health.report().last_error?.message}`,
  );
  const words = `no serving machine is healthy at the moment; try again in ${seconds} s`;
  throw new NoMachineError(words, reports.join('; '), seconds);
}
