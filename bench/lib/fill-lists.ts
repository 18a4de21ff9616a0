/** Runs a statement; all on one connection. */
type Query = (text: string, values?: unknown[]) => Promise<unknown>;

interface Sizes {
  tasks: number;
  calls: number;
  audit: number;
}

/** How many there are of what tasks and calls belong to. */
const people = 200;
const projects = 120;
const mappings = 80;
const machines = 16;

/**
 * Fills a company with plausible tasks, calls and changes of the last years: few people, projects and mappings have most of them, most
 * succeeded, and some kinds are rare. Ids are hashes of numbers (`idOf`), and each run makes the same rows. What follows calls
 * (statistics, live lists) does not hear of them. To be followed by VACUUM ANALYZE.
 */
export async function fillBigLists(
  query: Query,
  company: string,
  { tasks, calls, audit }: Sizes,
): Promise<void> {
  await query('SELECT setseed(0.5)');
  await query('ALTER TABLE calls DISABLE TRIGGER USER');
  await query(peopleSql, [company, people]);
  await query(topProjectsSql, [company, people]);
  await query(projectsSql, [company, people, projects]);
  await query(tasksSql, [company, tasks]);
  await query(callsSql, [company, calls]);
  await query(callSeriesSql, [company]);
  await query('ALTER TABLE calls ENABLE TRIGGER USER');
  await query(auditSql, [company, audit]);
}

const peopleSql = `
  INSERT INTO users (id, company, username, name, role)
  SELECT md5('user ' || n), $1, 'person' || n, 'Person ' || n,
    CASE WHEN n % 10 = 0 THEN 'admin' WHEN n % 3 = 0 THEN 'developer' ELSE 'user' END
  FROM generate_series(1, $2::int) AS n`;

const topProjects = 12;

const topProjectsSql = `
  INSERT INTO projects (id, company, user_id, name, basename, created, last_update)
  SELECT md5('project ' || n), $1, md5('user ' || 1 + n % $2::int), 'Area ' || n, 'Area ' || n, now(), now()
  FROM generate_series(1, ${topProjects}) AS n`;

const projectsSql = `
  INSERT INTO projects (id, company, user_id, name, basename, parent, path, created, last_update)
  SELECT md5('project ' || n), $1, md5('user ' || 1 + n % $2::int), 'Area ' || area || '/Study ' || n, 'Study ' || n,
    md5('project ' || area), ARRAY[md5('project ' || area)], now(), now()
  FROM generate_series(${topProjects + 1}, $3::int) AS n, LATERAL (SELECT 1 + n % ${topProjects} AS area) AS parent`;

/** `place` and its kin are random shares of 1; raised to a power, they favour the first. */
const tasksSql = `
  INSERT INTO tasks (id, company, user_id, name, type, project, status, status_changed, created, started, completed,
    active_duration, last_update, last_change, last_worker, last_iteration, tags, system_tags, script, execution, hyperparams,
    container)
  SELECT md5('task ' || n), $1, md5('user ' || 1 + floor(${people} * who ^ 3)),
    CASE WHEN kind < 0.5
      THEN (ARRAY['Train', 'tune', 'evaluate', 'distil'])[1 + n % 4] || ' '
        || (ARRAY['resnet50', 'yolo11', 'lstm', 'xgboost', 'unet'])[1 + n % 5] || ' run ' || n
      ELSE (ARRAY['parking_forecast', 'air_quality', 'traffic_flow', 'energy_load'])[1 + n % 4]
        || to_char(at, '_YYYYMMDD_HH24MISS') END,
    CASE WHEN kind < 0.45 THEN 'training' WHEN kind < 0.9 THEN 'inference' WHEN kind < 0.97 THEN 'data_processing'
      WHEN kind < 0.995 THEN 'testing' ELSE 'controller' END,
    md5('project ' || 1 + floor(${projects} * place ^ 2)),
    status, at + took, at, CASE WHEN status NOT IN ('created', 'queued') THEN at + interval '20 seconds' END,
    CASE WHEN status NOT IN ('created', 'queued', 'in_progress') THEN at + took END,
    extract(epoch FROM took)::bigint, at + took, at + took, CASE WHEN n % 9 > 0 THEN 'gpu-' || n % 40 || ':gpu0' END,
    n * 37 % 10000,
    CASE WHEN n % 3 = 0 THEN ARRAY['tag-' || n / 3 % 50] WHEN n % 1000 = 7 THEN ARRAY['rare', 'tag-1'] ELSE '{}' END,
    CASE WHEN n % 25 = 4 THEN ARRAY['archived'] WHEN n % 400 = 5 THEN ARRAY['hidden', 'pipeline'] ELSE '{}' END,
    jsonb_build_object('repository', 'https://git.example.org/lab/models.git', 'branch', 'main', 'version_num', md5(n::text),
      'entry_point', 'train.py', 'working_dir', '.', 'requirements', jsonb_build_object('pip', repeat('package==1.2.3 ', 30))),
    jsonb_build_object('queue', 'default'),
    jsonb_build_object('Args', (SELECT jsonb_object_agg('p' || i, jsonb_build_object('section', 'Args', 'name', 'p' || i,
      'value', (n * i % 977)::text, 'type', 'int')) FROM generate_series(1, 12) AS i)),
    jsonb_build_object('image', 'lab/train:1')
  FROM (
    -- what still runs has been heard of just now
    SELECT *, CASE WHEN status = 'in_progress' THEN now() - took ELSE now() - interval '5 hours' - age ^ 2 * interval '730 days' END AS at
    FROM (SELECT n, took * interval '4 hours' AS took, age, kind, place, who, (ARRAY['completed', 'failed', 'stopped', 'published', 'created', 'in_progress', 'queued'])[
        width_bucket(end_, ARRAY[0, 0.8, 0.9, 0.95, 0.975, 0.995, 0.998])] AS status
      FROM (SELECT n, random() AS age, random() AS took, random() AS kind, random() AS place, random() AS who,
          random()::numeric AS end_ FROM generate_series(1, $2::int) AS n) AS shares
    ) AS ended
  ) AS facts`;

const callsSql = `
  INSERT INTO calls (id, company, kind, created, started, ended, status, outcome, http_status, mapping_id, alias, public_id,
    endpoint, machine, queue, task_id, clone_id, clone_name, user_id, key_id, caller, duration_ms, bytes_in, bytes_out, phases,
    request, answer, error_code, error, error_detail)
  SELECT md5('call ' || n), $1, CASE WHEN queues THEN 'enqueue' ELSE 'ondemand' END, at,
    CASE WHEN queues AND status <> 'queued' THEN at + interval '2 seconds' END,
    CASE WHEN status NOT IN ('queued', 'running') THEN at + took END,
    status, CASE WHEN NOT queues AND status = 'failed' THEN 'failed' WHEN queues THEN 'accepted' ELSE 'ok' END,
    CASE WHEN NOT queues AND status = 'failed' THEN 504 WHEN queues THEN 202 ELSE 200 END,
    md5('mapping ' || mapping), 'alias-' || mapping, md5('public ' || mapping) || md5('id ' || mapping),
    CASE WHEN NOT queues THEN 'model_' || mapping END,
    CASE WHEN NOT queues THEN 'http://gpu-' || 1 + n % ${machines} || '.lab:8082' END,
    CASE WHEN queues THEN 'default' END, md5('task ' || mapping), CASE WHEN queues THEN md5('clone ' || n) END,
    CASE WHEN queues THEN 'forecast' || mapping || to_char(at, '_YYYYMMDD_HH24MISS') END,
    CASE WHEN who > 0.3 THEN md5('user ' || 1 + floor(${people} * who ^ 3)) END,
    CASE WHEN who <= 0.3 THEN md5('key ' || 1 + floor(100 * who)) END,
    CASE WHEN who > 0.3 THEN 'Person ' || 1 + floor(${people} * who ^ 3) ELSE 'Key ' || 1 + floor(100 * who) END,
    extract(epoch FROM took) * 1000, 180 + n % 900, 240 + n % 4000,
    '{"auth": 0.1, "model": 12.5}',
    '{"params": {"occupied": [112, 131, 148, 171, 190], "capacity": 240, "number": ' || n || '}}',
    CASE WHEN status = 'completed' THEN '{"forecast": [0.41, 0.43, 0.47], "unit": "share", "model": "v' || mapping || '"}' END,
    CASE WHEN status = 'failed' AND NOT queues THEN 'deadline_exceeded' END,
    CASE WHEN status = 'failed' THEN 'no answer within 30 s' END,
    CASE WHEN n % 20000 = 77 THEN 'ECONNREFUSED 10.1.2.3:8082' END
  FROM (
    SELECT n, queues, took * interval '900 milliseconds' AS took, who, 1 + floor(${mappings} * mapping ^ 2)::int AS mapping,
      -- a clock of milliseconds, as calls have
      date_trunc('milliseconds', now() - interval '1 hour' - age * interval '90 days') AS at,
      CASE WHEN NOT queues THEN CASE WHEN end_ < 0.97 THEN 'completed' ELSE 'failed' END
        ELSE (ARRAY['completed', 'failed', 'aborted', 'lost', 'queued', 'running'])[
          width_bucket(end_, ARRAY[0, 0.95, 0.99, 0.995, 0.997, 0.999])] END AS status
    FROM (SELECT n, random() < 0.3 AS queues, random() AS age, random() AS took, random() AS who, random() AS mapping,
        random()::numeric AS end_ FROM generate_series(1, $2::int) AS n) AS shares
  ) AS facts`;

/** By their names, texts find the calls. */
const callSeriesSql = `
  INSERT INTO call_series (company, kind, mapping_id, machine, user_id, key_id, alias, caller)
  SELECT company, kind, coalesce(mapping_id, ''), coalesce(machine, ''), coalesce(user_id, ''), coalesce(key_id, ''), max(alias),
    max(caller)
  FROM calls WHERE company = $1 GROUP BY 1, 2, 3, 4, 5, 6`;

const auditSql = `
  INSERT INTO audit_entries (company, at, user_id, user_name, action, subject, subject_id, subject_name, before, after)
  SELECT $1, now() - ($2::int - n) * interval '10 minutes', md5('user ' || who), 'Person ' || who,
    CASE WHEN n % 900 = 5 THEN 'rotate' WHEN n % 40 = 3 THEN 'delete' WHEN n % 9 = 2 THEN 'create' ELSE 'update' END,
    CASE WHEN n % 500 = 7 THEN 'setting' ELSE (ARRAY['task_mapping', 'endpoint_mapping', 'machine_mapping', 'user'])[1 + n % 4] END,
    md5('mapping ' || n % ${mappings}), 'alias-' || n % ${mappings},
    jsonb_build_object('description', 'before ' || n), jsonb_build_object('description', 'after ' || n)
  FROM (SELECT n, 1 + floor(${people} * random() ^ 3)::int AS who FROM generate_series(1, $2::int) AS n) AS shares`;
