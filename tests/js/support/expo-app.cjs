// Expo's headless SDK in a process of its own (`node --conditions=react-native`): signs a person up and prints the session as
// JSON. Of React Native there is only what says which platform this is; everything else is the unmodified package.

const Module = require('node:module');

const platform = { Platform: { OS: 'ios', constants: {}, select: (of) => of.ios ?? of.default }, NativeModules: {} };
const load = Module._load;
Module._load = function (name, ...rest) {
  return name === 'react-native' ? platform : load.call(this, name, ...rest);
};
globalThis.window ??= globalThis;
globalThis.__DEV__ = true;

const { join } = require('node:path');
const { getClerkInstance } = require(join(__dirname, '../node_modules/@clerk/expo/dist/provider/singleton/singleton.js'));

async function main() {
  const stored = new Map();
  const clerk = getClerkInstance({
    publishableKey: process.env.CLERK_PUBLISHABLE_KEY,
    proxyUrl: process.env.CLERK_PROXY_URL || undefined,
    tokenCache: {
      getToken: async (key) => stored.get(key) ?? null,
      saveToken: async (key, token) => void stored.set(key, token),
      clearToken: (key) => void stored.delete(key),
    },
  });
  await clerk.load({ standardBrowser: false, telemetry: false });
  const created = await clerk.client.signUp.create({
    emailAddress: 'ada+clerk_test@example.com',
    password: 'correct horse battery staple',
  });
  await created.prepareEmailAddressVerification({ strategy: 'email_code' });
  const complete = await clerk.client.signUp.attemptEmailAddressVerification({ code: '424242' });
  await clerk.setActive({ session: complete.createdSessionId });
  const jwt = await clerk.session.getToken({ skipCache: true });
  console.log(JSON.stringify({ sessionId: clerk.session.id, userId: clerk.user.id, jwt }));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
