// What the package adds to the editor; the forms themselves are the HTML files beside it.
import { registerEnqueue } from './enqueue.ts';
import { registerOnDemand } from './ondemand.ts';
import { registerAccount, registerServer } from './servers.ts';

registerServer();
registerAccount();
registerEnqueue();
registerOnDemand();
