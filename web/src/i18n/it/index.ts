import access from './access.json';
import audit from './audit.json';
import calls from './calls.json';
import common from './common.json';
import dashboard from './dashboard.json';
import health from './health.json';
import keys from './keys.json';
import login from './login.json';
import mappings from './mappings.json';
import people from './people.json';
import profile from './profile.json';
import queues from './queues.json';
import settings from './settings.json';
import task from './task.json';
import workers from './workers.json';

/** Each file holds the texts of one area, below keys that no other file has. */
export default {
  ...audit,
  ...access,
  ...people,
  ...calls,
  ...common,
  ...dashboard,
  ...keys,
  ...login,
  ...mappings,
  ...profile,
  ...task,
  ...health,
  ...queues,
  ...settings,
  ...workers,
};
