// GraphiQL in a real browser for which there is no other host: the journey of its tabs, as somebody goes through it who copies ids.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../support/authenticator.mjs';
import { explained, openBrowser } from '../support/browser.mjs';
import { assertLocal } from '../support/recorded.mjs';
import { startServer } from '../support/server.mjs';

/** What the pane of answers holds, once it is the answer of `field`. Of a long one the editor shows only some lines. */
function answerOf(field) {
  const answer = document.querySelector('.result-window .CodeMirror').CodeMirror.getValue();
  return answer.includes(`"${field}"`) && answer;
}

/** Whether that is the operation which the button runs. */
function operationIs(name) {
  return document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.operationName === name;
}

/** The page of GraphiQL with what one does in it. */
function graphiql(page) {
  /** Writes over what the small editor holds that is open, as by hand. */
  async function write(value) {
    const editor = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror');
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    // In one piece, so that no bracket closes itself.
    await page.keyboard.insertText(JSON.stringify(value));
  }

  return {
    /** Goes to the tab of an operation. */
    async open(name) {
      await page.locator('.graphiql-tab-button').getByText(name, { exact: true }).click();
      // It finds out a moment later which operation that is.
      await page.waitForFunction(operationIs, name);
    },

    setVariables: write,

    /** Writes over the headers of the tab, and shows its variables again. */
    async setHeaders(headers) {
      await page.getByRole('button', { name: 'Headers', exact: true }).click();
      await write(headers);
      await page.getByRole('button', { name: 'Variables', exact: true }).click();
    },

    /** Presses the button; returns the answer, which has that field. */
    async run(field) {
      await page.click('.graphiql-execute-button');
      const answer = await page.waitForFunction(answerOf, field);
      return JSON.parse(await answer.jsonValue());
    },
  };
}

test('without any other host its tabs lead from an address to a session, out of it and in again', async (t) => {
  const server = await startServer(t);
  const browser = await openBrowser(t);
  const { page, seen, requested } = browser;
  try {
    await page.goto(`${server.origin}/graphql`);
    await page.waitForSelector('.graphiql-execute-button');
    const { open, run, setHeaders, setVariables } = graphiql(page);

    const { environment } = (await run('environment')).data;
    assert.equal(environment.publishableKey, server.publishableKey);

    await open('SignUpCreate');
    const begun = (await run('signUpCreate')).data.signUpCreate;
    assert.deepEqual([begun.userErrors, begun.signUp.unverifiedFields], [[], ['EMAIL_ADDRESS']]);

    await open('SignUpPrepareVerification');
    await setVariables({ input: { signUpId: begun.signUp.id, strategy: 'EMAIL_CODE' } });
    const prepared = (await run('signUpPrepareVerification')).data.signUpPrepareVerification;
    assert.deepEqual([prepared.userErrors, prepared.signUp.verifications.emailAddress.nextAction], [[], 'NEEDS_ATTEMPT']);

    await open('SignUpAttemptVerification');
    await setVariables({ input: { signUpId: begun.signUp.id, proof: { emailCode: '424242' } } });
    const proven = (await run('signUpAttemptVerification')).data.signUpAttemptVerification;
    assert.deepEqual([proven.userErrors, proven.signUp.status], [[], 'COMPLETE']);
    const { createdUser: user, createdSession: session } = proven.signUp;
    assert.equal(proven.query.viewer.id, user.id);

    await open('Viewer');
    const { viewer, client } = (await run('viewer')).data;
    assert.deepEqual([viewer.firstName, client.lastActiveSessionId], ['Ada', session.id]);

    await open('SessionTokenCreate');
    const minted = (await run('sessionTokenCreate')).data.sessionTokenCreate;
    assert.match(minted.token?.jwt ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/, JSON.stringify(minted));

    await open('ClientUpdated');
    assert.ok((await run('clientUpdated')).data.clientUpdated);
    // The button stops what it has begun.
    await page.click('.graphiql-execute-button');

    await open('ClientSessionsRemove');
    const removed = (await run('clientSessionsRemove')).data.clientSessionsRemove;
    assert.deepEqual([removed.userErrors, removed.query.viewer], [[], null]);

    await open('SignInCreate');
    const signIn = (await run('signInCreate')).data.signInCreate;
    assert.deepEqual([signIn.userErrors, signIn.signIn.status], [[], 'NEEDS_FIRST_FACTOR']);

    await open('SignInAttemptFirstFactor');
    const attempt = { signInId: signIn.signIn.id, proof: { emailCode: '424242' } };
    await setVariables({ input: attempt });
    const back = (await run('signInAttemptFirstFactor')).data.signInAttemptFirstFactor;
    assert.deepEqual([back.userErrors, back.signIn.status], [[], 'COMPLETE']);

    const backend = { Authorization: `Bearer ${server.secretKey}` };
    await open('DevInbox');
    await setHeaders(backend);
    assert.deepEqual((await run('devInbox')).data.devInbox.nodes, [], 'test addresses get no mail');
    await open('InstanceSettingsUpdate');
    await setHeaders(backend);
    const changed = (await run('instanceSettingsUpdate')).data.instanceSettingsUpdate;
    assert.deepEqual([changed.userErrors, changed.instanceSettings.attribute.authenticatorApp.enabled], [[], true]);

    await open('TotpCreate');
    const app = new Authenticator((await run('totpCreate')).data.totpCreate.totp.secret);
    await open('TotpAttemptVerification');
    await setVariables({ input: { proof: { totp: app.code() } } });
    const { totp } = (await run('totpAttemptVerification')).data.totpAttemptVerification;
    assert.equal(totp.verified, true);

    // Out, and in by both proofs.
    await open('ClientSessionsRemove');
    await run('clientSessionsRemove');
    await open('SignInCreate');
    const { signIn: second } = (await run('signInCreate')).data.signInCreate;
    assert.notEqual(second.id, signIn.signIn.id, 'the pane does not hold the answer of before');
    const half = { signInId: second.id, proof: { emailCode: '424242' } };
    await open('SignInAttemptFirstFactor');
    await setVariables({ input: half });
    const first = (await run('signInAttemptFirstFactor')).data.signInAttemptFirstFactor;
    assert.deepEqual([first.userErrors, first.signIn.status], [[], 'NEEDS_SECOND_FACTOR']);
    await open('SignInAttemptSecondFactor');
    await setVariables({ input: { signInId: half.signInId, proof: { backupCode: totp.backupCodes[0] } } });
    const whole = (await run('signInAttemptSecondFactor')).data.signInAttemptSecondFactor;
    assert.deepEqual([whole.userErrors, whole.signIn.status, whole.query.viewer.id], [[], 'COMPLETE', user.id]);

    await open('Nodes');
    const ids = [user.id, whole.signIn.createdSession.id];
    await setVariables({ ids });
    const { nodes } = (await run('nodes')).data;
    assert.deepEqual(
      nodes.map(({ __typename, id }) => [__typename, id]),
      [['User', ids[0]], ['Session', ids[1]]],
    );

    // Its documentation is the schema's own, and its dialogs are styled as the policy wants it.
    await page.getByRole('button', { name: /Documentation/ }).first().click();
    await page.locator('.graphiql-doc-explorer').getByText('SignInCreateInput', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: /short keys/i }).first().click();
    await page.getByRole('dialog').waitFor();

    assert.deepEqual(seen, [], 'nothing of it is refused by the policy, missing or elsewhere');
    assertLocal(requested);
  } catch (error) {
    throw await explained(error, browser);
  }
});
