import { randomUUID } from 'node:crypto';
import type { Arno } from './lib/arno.ts';
import { clearml, consoleLog } from './lib/clearml.ts';
import { finishedTask, pythonScript, queueTask } from './lib/tasks.ts';
import { expect, test } from './lib/test.ts';

/** A developer with a key pair, as the console would give it. */
async function developer(arno: Arno): Promise<Arno> {
  const { user } = await clearml(arno, 'users.get_current_user');
  const email = `${randomUUID()}@example.org`;
  const { id } = await clearml(arno, 'auth.create_user', {
    name: 'Somebody',
    company: user.company.id,
    email,
  });
  const { token } = await clearml(arno, 'auth.get_token_for_user', { user: id });
  const response = await fetch(`${arno.api}/auth.create_credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { access_key: accessKey, secret_key: secretKey } = (await response.json()).data.credentials;
  return { ...arno, accessKey, secretKey };
}

/** Tries everything that its environment offers. */
const curious = (project: string, task: string) => `
import json, os, urllib.error, urllib.request

print("keys:", sorted(name for name in os.environ if name.endswith(("ACCESS_KEY", "SECRET_KEY"))))

def ask(endpoint, **request):
    body = json.dumps(request).encode()
    headers = {"Authorization": "Bearer " + os.environ["CLEARML_AUTH_TOKEN"], "Content-Type": "application/json"}
    call = urllib.request.Request(os.environ["CLEARML_API_HOST"] + "/" + endpoint, body, headers)
    try:
        answer = json.load(urllib.request.urlopen(call, timeout=30))
    except urllib.error.HTTPError as error:
        answer = json.load(error)
    return answer["meta"], answer["data"]

def code(endpoint, **request):
    meta, _ = ask(endpoint, **request)
    return f"{endpoint} {meta['result_code']}/{meta['result_subcode']}"

print(code("tasks.get_by_id", task=os.environ["CLEARML_TASK_ID"]))
print(code("projects.get_by_id", project="${project}"))
print(code("tasks.get_by_id", task="${task}"))
print("found:", ask("tasks.get_all", project=["${project}"])[1]["tasks"])
print(code("auth.create_credentials"))
print(code("auth.get_token_for_user", user="anybody"))
`;

test('a developer’s task that the agent beside the server runs reads nothing private of another', async ({
  arno,
}) => {
  const [one, other] = [await developer(arno), await developer(arno)];
  const { id: project } = await clearml(other, 'projects.create', { name: `private ${randomUUID()}` });
  const { id: secret } = await clearml(other, 'tasks.create', { name: 'secret', type: 'testing', project });
  const script = pythonScript(curious(project, secret));
  const id = await queueTask(one, { name: 'curious', script });
  const { status } = await finishedTask(one, id);
  const log = await consoleLog(one, id);
  expect([status, log]).toEqual(['completed', expect.stringContaining('keys: []')]);
  for (const line of [
    'tasks.get_by_id 200/0',
    'projects.get_by_id 400/401',
    'tasks.get_by_id 400/101',
    'found: []',
    'auth.create_credentials 403/20',
    'auth.get_token_for_user 403/20',
  ]) {
    expect(log).toContain(line);
  }
});
