import type { NodeAPI } from 'node-red';
import { registerEnqueue } from './nodes/enqueue.ts';
import { serveLists } from './nodes/lists.ts';
import { registerOnDemand } from './nodes/ondemand.ts';
import { registerServerNodes } from './nodes/server-nodes.ts';

/** What Node-RED calls when it loads the package. */
export default function arno(RED: NodeAPI): void {
  registerServerNodes(RED);
  registerEnqueue(RED);
  registerOnDemand(RED);
  serveLists(RED);
}
