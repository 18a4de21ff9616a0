import { expect, test } from 'vitest';
import { createTestGateway } from '../../../test/gateway.ts';
import { startUpstream } from '../../../test/upstream.ts';

test('no request goes to an own port or a link-local address, whatever was registered', async () => {
  const own = await startUpstream((_request, response) => response.end('{"secret":true}'));
  const gateway = await createTestGateway({ ownPorts: [own.port] });
  const { taskId, machineId } = await gateway.addModel('own', []);
  const urls = [
    `http://127.0.0.1:${own.port}`,
    `http://localhost:${own.port}`,
    `http://[::1]:${own.port}`,
    'http://169.254.169.254',
    `http://0.0.0.0:${own.port}`,
  ];
  for (const base_url of urls) {
    await gateway.database.db.deleteFrom('machine_mappings').execute();
    const row = {
      id: 'm',
      company: gateway.admin.company,
      public_id: machineId,
      serving_task_id: taskId,
      base_url,
    };
    await gateway.database.db.insertInto('machine_mappings').values(row).execute();
    const call = async () => {
      const { status } = await gateway.post('/gateway/v1/models/own/calls', {});
      const { machine, error } = await gateway.lastCall();
      return { status, machine, error };
    };
    // The gateway learns of the new address a moment later.
    const refused = { status: 503, machine: base_url, error: expect.stringContaining('not allowed') };
    await expect.poll(call).toEqual(refused);
  }
  expect(own.requests).toEqual([]);
  await gateway.close();
  await own.close();
});
