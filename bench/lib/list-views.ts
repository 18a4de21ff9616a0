import { createHash } from 'node:crypto';

/** A list as the console asks for it. */
export interface View {
  name: string;
  /** Below /console/v1/. */
  path: string;
  /** The plainest statement for these rows; none where only the console's own finds them without reading everything. */
  direct?: string;
}

const day = 86_400_000;
const idOf = (what: string, number: number) => createHash('md5').update(`${what} ${number}`).digest('hex');
export const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

const callColumns = `id, kind, created, started, ended, status, outcome, http_status, mapping_id, alias, public_id, endpoint, machine,
  queue, task_id, clone_id, clone_name, user_id, key_id, caller, duration_ms, bytes_in, bytes_out, error_code, error`;
const taskColumns = `id, name, type, status, tags, project, user_id, created, started, completed, status_changed, last_update,
  last_iteration, last_worker`;

export interface Cursors {
  /** Where a page in the middle begins. */
  call: string;
  task: string;
}

/** The first page, later ones, each filter and each order of both lists. */
export function listViews(cursors: Cursors): View[] {
  return [...callViews(cursors.call), ...taskViews(cursors.task), ...counts];
}

function callViews(cursor: string): View[] {
  const call = (name: string, query: string, where?: string): View => ({
    name: `calls_${name}`,
    path: `calls?limit=50&kind=ondemand${query}`,
    ...(where && {
      direct: `SELECT ${callColumns} FROM calls WHERE kind = 'ondemand' AND ${where} ORDER BY created DESC, id DESC LIMIT 50`,
    }),
  });
  return [
    call('first', '', 'true'),
    call('middle', `&before=${cursor}`, `created < '${ago(45)}'`),
    call('by_status', '&status=failed', "status = 'failed'"),
    call('by_outcome', '&outcome=failed', "outcome = 'failed'"),
    call('by_http_status', '&http_status=504', 'http_status = 504'),
    call('by_mapping', `&mapping_id=${idOf('mapping', 40)}`, `mapping_id = '${idOf('mapping', 40)}'`),
    call(
      'by_machine',
      `&machine=${encodeURIComponent('http://gpu-7.lab:8082')}`,
      "machine = 'http://gpu-7.lab:8082'",
    ),
    call('by_user', `&user_id=${idOf('user', 150)}`, `user_id = '${idOf('user', 150)}'`),
    call('by_key', `&key_id=${idOf('key', 7)}`, `key_id = '${idOf('key', 7)}'`),
    call('by_period', `&from=${ago(40)}&to=${ago(30)}`, `created >= '${ago(40)}' AND created < '${ago(30)}'`),
    call('by_common_text', '&q=alias-7', "alias ILIKE '%alias-7%'"),
    call('by_rare_text', '&q=ECONNREFUSED'),
    call('by_no_text', '&q=nobody%20wrote%20this'),
    call('by_id', `&q=${idOf('call', 117).slice(0, 10)}`, `id = '${idOf('call', 117)}'`),
  ];
}

function taskViews(cursor: string): View[] {
  const task = (name: string, query: string, where?: string, order = 'last_update DESC, id DESC'): View => ({
    name: `tasks_${name}`,
    path: `tasks?limit=25${query}`,
    ...(where && { direct: `SELECT ${taskColumns} FROM tasks WHERE ${where} ORDER BY ${order} LIMIT 25` }),
  });
  const project = idOf('project', 60);
  return [
    task('first', '', 'true'),
    task('middle', `&after=${cursor}`, `last_update < '${ago(180)}'`),
    task('last', '&before=end', 'true', 'last_update, id'),
    task('by_status', '&status=failed', "status = 'failed'"),
    task('by_rare_status', '&status=queued', "status = 'queued'"),
    task('by_type', '&type=controller', "type = 'controller'"),
    task('by_project', `&project_id=${project}`, `project = '${project}'`),
    task('by_user', `&user_id=${idOf('user', 150)}`, `user_id = '${idOf('user', 150)}'`),
    task('by_tag', '&tag=tag-3', "tags <> '{}' AND tag_keys(tags) @> '{tag-3}'"),
    task('by_common_text', '&q=unet', "name ILIKE '%unet%'"),
    task('by_rare_text', '&q=unet%20run%20777'),
    task('by_no_text', '&q=nobody%20named%20it'),
    task('by_id', `&q=${idOf('task', 117).slice(0, 10)}`, `id = '${idOf('task', 117)}'`),
    task('ordered_by_name', '&order=name', 'true', 'lower(left(name, 100)), last_update, id'),
    task('ordered_by_creation', '&order=created', 'true', 'created, id'),
    task('ordered_by_status', '&order=status', 'true', 'status, last_update, id'),
    task('ordered_by_type', '&order=-type', 'true', 'type DESC, last_update DESC, id DESC'),
  ];
}

const counts: View[] = [
  {
    name: 'calls_count',
    path: 'calls/count?kind=ondemand&status=failed',
    direct: "SELECT count(*) FROM calls WHERE kind = 'ondemand' AND status = 'failed'",
  },
  { name: 'tasks_count', path: 'tasks/count', direct: 'SELECT count(*) FROM tasks' },
];
