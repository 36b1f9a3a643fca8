// The app is built where its packages are installed, one folder up.
export default { turbopack: { root: new URL('..', import.meta.url).pathname } };
