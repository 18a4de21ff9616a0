import { type Endpoint, open } from '../../clearml/endpoint.ts';
import { type Auth, sessionCookie } from './auth.ts';

export function authEndpoints(auth: Auth): Endpoint[] {
  return [
    open('auth.login', async (call, { expiration_sec }) => {
      const caller = await auth.authenticate(call.headers.authorization, call);
      const { token, expiresAt } = await auth.openSession(caller, expiration_sec);
      call.setHeader(
        'set-cookie',
        `${sessionCookie}=${token}; Path=/; HttpOnly; SameSite=Strict; Expires=${expiresAt.toUTCString()}`,
      );
      return { token };
    }),
  ];
}
