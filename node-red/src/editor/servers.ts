import { isCount } from './call-node.ts';
import { type EditorNode, readLists, type Translate, translator, typedSecrets } from './editor.ts';

interface ServerProperties {
  name: string;
  url: string;
  auth: string;
  issuer: string;
  clientId: string;
  scope: string;
  tls: string;
  timeout: string;
  retries: string;
  concurrency: string;
}
interface ServerSecrets {
  token: string;
  clientSecret: string;
  refreshToken: string;
}

const isAddress = (text: string) => /^https?:\/\/[^/]|^\$\{.+\}/.test(text);

/** Our configuration node. */
export function registerServer(): void {
  RED.nodes.registerType<ServerProperties, ServerSecrets>('arno-server', {
    category: 'config',
    defaults: {
      name: { value: '' },
      url: { value: 'http://localhost:8080', required: true, validate: isAddress },
      auth: { value: 'token' },
      issuer: {
        value: '',
        validate(this: ServerProperties, text: string) {
          return this.auth === 'token' || isAddress(text);
        },
      },
      clientId: { value: '' },
      scope: { value: '' },
      tls: { value: '', type: 'tls-config', required: false },
      timeout: { value: '60', validate: isCount },
      retries: { value: '3', validate: isCount },
      concurrency: { value: '10', validate: isCount },
    },
    credentials: {
      token: { type: 'password' },
      clientSecret: { type: 'password' },
      refreshToken: { type: 'password' },
    },
    label() {
      return this.name || this.url || this._('arno-server.label');
    },
    oneditprepare() {
      const node = this as unknown as EditorNode<ServerProperties>;
      if (!node.auth) $('#node-config-input-auth').val('token');
      $('#node-config-input-auth').on('change', showLogin);
      showLogin();
      prepareTest(node.id, 'arno-server', translator(node));
    },
  });
}

/** The fields of the chosen way to log in. */
function showLogin(): void {
  const auth = String($('#node-config-input-auth').val());
  $('.arno-login').hide();
  $(`.arno-login-${auth}`).show();
}

interface AccountProperties {
  name: string;
  domain: string;
  ismainaccount: boolean;
}

/** The configuration node of the lab's package. */
export function registerAccount(): void {
  RED.nodes.registerType<AccountProperties, { user: string; password: string }>(
    'snap4city-authentication-clearml',
    {
      category: 'config',
      defaults: {
        name: { value: '' },
        domain: { value: 'https://www.snap4city.org', validate: isAddress },
        ismainaccount: { value: false },
      },
      credentials: { user: { type: 'text' }, password: { type: 'password' } },
      label() {
        return this.name || this.domain || this._('snap4city-authentication-clearml.label');
      },
      oneditprepare() {
        const node = this as unknown as EditorNode<AccountProperties>;
        prepareTest(node.id, 'snap4city-authentication-clearml', translator(node));
      },
    },
  );
}

/** A button that reads the lists with what stands in the dialog now. */
function prepareTest(id: string, type: string, t: Translate): void {
  $('#arno-test').on('click', async () => {
    const say = (text: string, color: string) => $('#arno-tested').text(text).css('color', color);
    say(t('lists.reading'), '');
    try {
      const { tasks, models } = await readLists({ id, type, ...dialogValues(type) });
      say(t('lists.read', { tasks: tasks.length, models: models.length }), '');
    } catch (error) {
      say(t('lists.failed', { reason: (error as Error).message }), 'var(--red-ui-text-color-error)');
    }
  });
}

function dialogValues(type: string) {
  const { defaults, credentials = {} } = RED.nodes.getType(type) as unknown as {
    defaults: object;
    credentials?: object;
  };
  const values = (names: object) =>
    Object.fromEntries(
      Object.keys(names).map((name) => {
        const field = $(`#node-config-input-${name}`);
        const value = field.is(':checkbox') ? field.is(':checked') : String(field.val() ?? '');
        return [name, value === '_ADD_' ? '' : value];
      }),
    );
  return { config: values(defaults), credentials: typedSecrets(values(credentials)) };
}
