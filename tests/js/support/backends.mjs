// Backends of an application in a process of their own, each by an unmodified SDK that knows nothing but its environment. Asks
// each of them with the tokens GOOD and BAD in the Authorization header, and prints what they said as JSON.

import { createClerkClient, verifyToken } from '@clerk/backend';
import { clerkMiddleware, getAuth } from '@clerk/express';
import { clerkPlugin, getAuth as getFastifyAuth } from '@clerk/fastify';
import express from 'express';
import fastify from 'fastify';
import { once } from 'node:events';

const { CLERK_JWT_KEY, CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY, CLERK_API_URL, CLERK_PROXY_URL, GOOD, BAD } = process.env;

async function ask(origin) {
  const said = async (token) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(`${origin}/whoami`, { headers });
    return (await response.json()).userId;
  };
  return { good: await said(GOOD), bad: await said(BAD), none: await said() };
}

async function byExpress() {
  const app = express();
  app.use(clerkMiddleware());
  app.get('/whoami', (request, response) => response.json({ userId: getAuth(request).userId }));
  const listening = app.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return ask(`http://127.0.0.1:${listening.address().port}`);
}

async function byFastify() {
  const app = fastify();
  await app.register(clerkPlugin);
  app.get('/whoami', (request) => ({ userId: getFastifyAuth(request).userId }));
  return ask(await app.listen({ port: 0, host: '127.0.0.1' }));
}

async function byBackend() {
  const clerk = createClerkClient({
    secretKey: CLERK_SECRET_KEY,
    publishableKey: CLERK_PUBLISHABLE_KEY,
    jwtKey: CLERK_JWT_KEY,
    apiUrl: CLERK_API_URL,
    proxyUrl: CLERK_PROXY_URL,
  });
  const said = async (token) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const state = await clerk.authenticateRequest(new Request('http://localhost:3000/whoami', { headers }));
    return state.toAuth()?.userId ?? null;
  };
  return { good: await said(GOOD), bad: await said(BAD), none: await said() };
}

async function byVerifyToken() {
  const said = (token) => verifyToken(token, { jwtKey: CLERK_JWT_KEY }).then(({ sub }) => sub, () => null);
  return { good: await said(GOOD), bad: await said(BAD), none: null };
}

const told = {
  express: await byExpress(),
  fastify: await byFastify(),
  backend: await byBackend(),
  verifyToken: await byVerifyToken(),
};
console.log(JSON.stringify(told));
process.exit(0);
