/**
 * What Arno adds to the ClearML API. Additions only: a client that does not know them sees the protocol unchanged, and our
 * own clients fall back when a server answers 404 to them.
 */
export interface ExtensionEndpoints {
  /**
   * Long poll: answers as soon as one of the queues has a task waiting, or after `timeout` seconds (at most 30) with
   * `ready: false`. It takes nothing from a queue: `queues.get_next_task` does, so that two agents never get one task.
   */
  'queues.wait_for_task': {
    request: { queues: string[]; timeout?: number };
    response: { ready: boolean };
  };

  /**
   * A session for the program of a task, which then speaks with the rights of the task's owner and never outlives the caller's own
   * credentials. For agents, of the tasks that they run, and for administrators.
   */
  'auth.get_token_for_task': {
    request: { task: string; expiration_sec?: number };
    response: { token: string };
  };
}

interface ExtensionShapes {
  request: object;
  response: object;
}

/** Shapes of the extensions and corrections, in the form of clearml-api.json: service -> action -> endpoint. */
export const extensionSchemas: Record<
  string,
  Record<string, { allow_roles?: string[]; versions: Record<string, ExtensionShapes> }>
> = {
  auth: {
    get_token_for_task: {
      allow_roles: ['system', 'root', 'admin'],
      versions: {
        '2.1': {
          request: {
            type: 'object',
            required: ['task'],
            properties: {
              task: { type: 'string' },
              expiration_sec: { type: 'integer', minimum: 60 },
            },
          },
          response: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } },
        },
      },
    },
  },
  tasks: {
    // The protocol's own schema says one object here, but what its clients read, and what they get, is a list.
    get_configuration_names: {
      versions: {
        '2.9': {
          request: {
            type: 'object',
            required: ['tasks'],
            properties: {
              tasks: { type: 'array', items: { type: 'string' } },
              skip_empty: { type: 'boolean', default: true },
            },
          },
          response: {
            type: 'object',
            required: ['configurations'],
            properties: {
              configurations: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['task', 'names'],
                  properties: {
                    task: { type: 'string' },
                    names: { type: 'array', items: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  queues: {
    wait_for_task: {
      versions: {
        '2.4': {
          request: {
            type: 'object',
            required: ['queues'],
            properties: {
              queues: { type: 'array', minItems: 1, maxItems: 100, items: { type: 'string' } },
              timeout: { type: 'number', minimum: 0, maximum: 30 },
            },
          },
          response: { type: 'object', required: ['ready'], properties: { ready: { type: 'boolean' } } },
        },
      },
    },
  },
};
