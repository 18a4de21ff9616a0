import { atLeast } from '../../clearml/contracts.ts';
import { type Call, type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { columns, type Entity, findDocument, findDocuments } from '../../clearml/query/index.ts';
import { type Document, wireDate, withoutNulls } from '../../clearml/wire.ts';
import { arnoVersion } from '../../platform/version.ts';
import { createAccount, deleteAccount, requireUser, wireRole } from '../auth/index.ts';
import { mergedPreferences } from './preferences.ts';
import { activeInProjects, lockPreferences, userProfile, writePreferences, writeUser } from './store.ts';

const users: Entity = {
  table: 'users',
  fields: {
    ...columns({
      text: ['id', 'company', 'name', 'given_name', 'family_name', 'avatar', 'email', 'role'],
      date: ['created'],
    }),
  },
  patterns: ['name'],
};

/** Rows that one answer with files may have, as the web application is told. */
const maxDownloadItems = '1000';

const listEndpoints: Endpoint[] = [
  read('users.get_by_id', async (call, { user: id }) => {
    const user = await findDocument(call, users, id);
    if (!user) throw new ClearmlError('invalid_user_id', `id=${id}`);
    return { user: wireUser(user) };
  }),

  read('users.get_all', async (call, request) => {
    const { documents } = await findDocuments(call, users, { only_fields: ['name', 'company'], ...request });
    return { users: documents.map(wireUser) };
  }),

  read('users.get_all_ex', async (call, { active_in_projects: projects, ...request }) => {
    const active = projects ? [activeInProjects(call, projects)] : [];
    const { documents } = await findDocuments(call, users, request, active);
    return { users: documents.map(wireUser) };
  }),
];

const profileEndpoints: Endpoint[] = [
  read('users.get_current_user', async (call) => ({
    user: await currentUser(call),
    // Nothing of the web application's guided tour is kept here.
    ...(atLeast(call.version, 2, 20) && { getting_started: {} }),
    ...(atLeast(call.version, 2, 26) && { settings: { max_download_items: maxDownloadItems } }),
  })),

  read('users.get_preferences', async (call) => {
    const { preferences } = await userProfile(call);
    return { preferences };
  }),

  write('users.set_preferences', async (call, { preferences: changes }) => {
    const preferences = mergedPreferences(await lockPreferences(call), changes);
    await writePreferences(call, preferences);
    return { updated: 1, fields: { preferences } };
  }),

  write('users.update', async (call, { user: id, name, given_name, family_name, avatar }) => {
    const { userId, role } = call.caller;
    if (id !== userId && role !== 'admin') {
      throw new ClearmlError('role_not_allowed', 'only administrators may change the profiles of others');
    }
    await requireUser(call, id);
    if (name?.trim() === '') throw new ClearmlError('validation_error', 'name must not be empty');
    const fields = withoutNulls({ name: name?.trim(), given_name, family_name, avatar });
    return { updated: await writeUser(call, id, fields), fields };
  }),
];

const accountEndpoints: Endpoint[] = [
  write('users.create', async (call, { company, ...user }) => {
    if (company !== call.caller.company) {
      throw new ClearmlError('invalid_id', `company=${company}: yours is ${call.caller.company}`);
    }
    // The protocol's accounts have no user name; ids are as unique.
    await createAccount(call, { ...user, username: user.id, role: 'developer' });
    return {};
  }),

  write('users.delete', async (call, { user }) => {
    await deleteAccount(call, user);
    return {};
  }),
];

export const usersEndpoints: Endpoint[] = [...listEndpoints, ...profileEndpoints, ...accountEndpoints];

async function currentUser(call: Call): Promise<object> {
  const { created, role, ...profile } = await userProfile(call);
  const { company: id, companyName: name } = call.caller;
  return withoutNulls({
    ...profile,
    role: wireRole(role),
    company: { id, name },
    created: atLeast(call.version, 2, 20) ? wireDate(created) : undefined,
    created_in_version: atLeast(call.version, 2, 31) ? arnoVersion : undefined,
  });
}

function wireUser(user: Document): Document {
  return typeof user.role === 'string' ? { ...user, role: wireRole(user.role) } : user;
}
