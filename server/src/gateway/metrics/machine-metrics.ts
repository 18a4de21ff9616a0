import type { MachineState } from '@arno/protocol';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Machines } from '../ondemand/machines.ts';

type State = MachineState['state'];

/** From the best to the worst. */
const states = ['healthy', 'trial', 'ejected'] satisfies State[];

/** By base URL. One may be registered with several health paths: these are judged one by one, and the worst should be seen. */
function worstStates(machines: Pick<Machines, 'states'>): Map<string, State> {
  const worst = new Map<string, State>();
  for (const [machine, { state }] of machines.states()) {
    const known = worst.get(machine);
    if (!known || states.indexOf(state) > states.indexOf(known)) worst.set(machine, state);
  }
  return worst;
}

/** How this server sees the serving machines, read when it is asked for. */
export function watchMachines(registry: Registry, machines: Pick<Machines, 'states'>): void {
  const registers = [registry];
  new Gauge({
    name: 'arno_gateway_machine_state',
    help: '1 for the state that a serving machine is in, 0 for the others',
    labelNames: ['machine', 'state'],
    registers,
    collect() {
      this.reset();
      for (const [machine, state] of worstStates(machines)) {
        for (const each of states) this.set({ machine, state: each }, each === state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'arno_gateway_machine_pending_calls',
    help: 'Calls that a serving machine is working on for this server',
    labelNames: ['machine'],
    registers,
    collect() {
      this.reset();
      for (const [machine, { pending }] of machines.states()) this.inc({ machine }, pending);
    },
  });
  new Counter({
    name: 'arno_gateway_machine_ejections_total',
    help: 'How often a serving machine got no calls for a while because it failed',
    labelNames: ['machine'],
    registers,
    collect() {
      this.reset();
      for (const [machine, { ejections }] of machines.states()) this.inc({ machine }, ejections);
    },
  });
}
