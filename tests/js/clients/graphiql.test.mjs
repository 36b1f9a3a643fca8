// GraphiQL in a real browser for which there is no other host: the journey of its tabs, as somebody goes through it who copies ids.

import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  return {
    /** Goes to the tab of an operation. */
    async open(name) {
      await page.locator('.graphiql-tab-button').getByText(name, { exact: true }).click();
      // It finds out a moment later which operation that is.
      await page.waitForFunction(operationIs, name);
    },

    /** Writes over the variables of the tab, as by hand. */
    async setVariables(variables) {
      const editor = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror');
      await editor.click();
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      // In one piece, so that no bracket closes itself.
      await page.keyboard.insertText(JSON.stringify(variables));
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
    const { open, run, setVariables } = graphiql(page);

    const { environment } = (await run('environment')).data;
    assert.equal(environment.publishableKey, server.publishableKey);

    await open('SignUpCreate');
    const begun = (await run('signUpCreate')).data.signUpCreate;
    assert.deepEqual([begun.userErrors, begun.signUp.unverifiedFields], [[], ['EMAIL_ADDRESS']]);

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

    await open('Nodes');
    const ids = [user.id, back.signIn.createdSession.id];
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
