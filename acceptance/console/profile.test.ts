import { describe } from 'vitest';
import { expect, makeAccount, settled, test, untilSaid } from './lib/test.ts';

const next = 'another good password';

describe('the profile', () => {
  test('changes the name, and shows it at once', async ({ arno, open }) => {
    const page = await open({ account: await makeAccount(arno, 'user', 'Ugo') });
    await page.goto('/profile');
    await page.getByRole('button', { name: 'Change the name' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Ugo Bianchi');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Profile of Ugo Bianchi' }).waitFor();
  });

  test('changes the password of who knows it, and ends the other sessions', async ({ arno, open }) => {
    const account = await makeAccount(arno, 'developer', 'Piero');
    const page = await open({ account });
    const other = await open({ account });
    await other.goto('/tasks');
    await page.goto('/profile');
    const submit = page.getByRole('button', { name: 'Change the password' });
    await page.getByLabel('New password').fill(next);
    await page.getByLabel('Present password').fill('wrong');
    await submit.click();
    await page.getByText('this is not your present password').waitFor();
    await page.getByLabel('Present password').fill(account.password);
    await submit.click();
    await untilSaid(page, 'The password is changed');
    await other.getByText('Your session is over.').waitFor();
    await page.reload();
    await settled(page);
    await expect.poll(() => page.getByText('this one').count()).toBe(1);
  });

  test('ends another login', async ({ arno, open }) => {
    const account = await makeAccount(arno, 'user', 'Rosa');
    const [page, other] = [await open({ account }), await open({ account })];
    await other.goto('/profile');
    await page.goto('/profile');
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await untilSaid(page, '1 session has ended');
    await other.reload();
    await other.getByRole('heading', { name: 'Log in to Arno' }).waitFor();
  });

  test('makes a token that is shown once, and revokes it', async ({ arno, open }) => {
    const page = await open({ account: await makeAccount(arno, 'user', 'Tina') });
    await page.goto('/profile/keys');
    const tokens = page.getByRole('region', { name: 'Gateway tokens' });
    await tokens.getByRole('button', { name: 'New' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Node-RED');
    await dialog.getByRole('button', { name: 'Create' }).click();
    const token = await dialog.getByText(/^arno_/).textContent();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const me = () =>
      fetch(`${arno.web}/console/v1/me`, { headers: { authorization: `Bearer ${token?.trim()}` } });
    expect((await me()).status).toBe(200);
    await tokens.getByRole('button', { name: 'Revoke Node-RED' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await untilSaid(page, 'Node-RED is revoked');
    expect((await me()).status).toBe(401);
  });
});
