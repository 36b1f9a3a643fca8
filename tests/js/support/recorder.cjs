// Loaded before anything else into a process under test (`node --require`): writes every host that the process looks up or
// connects to into the file RECORDED_HOSTS, one a line, and lets it reach nothing but this machine.

const dns = require('node:dns');
const { appendFileSync } = require('node:fs');
const { Socket } = require('node:net');

const LOOPBACK = /^(localhost|.*\.localhost|127\.0\.0\.1|::1|\[::1\])$/;

function record(host) {
  appendFileSync(process.env.RECORDED_HOSTS, `${host}\n`);
  return LOOPBACK.test(host);
}

const refusal = (host) => Object.assign(new Error(`${host} is not this machine`), { code: 'ENOTFOUND' });

// Names below localhost are this machine (RFC 6761 section 6.3), which not every resolver knows.
function lookup(original) {
  return function (host, options, callback) {
    const done = typeof options === 'function' ? options : callback;
    if (!record(host)) return process.nextTick(done, refusal(host));
    const name = host.endsWith('.localhost') ? 'localhost' : host;
    return original.call(this, name, ...(typeof options === 'function' ? [done] : [options, done]));
  };
}
dns.lookup = lookup(dns.lookup);

const lookupPromised = dns.promises.lookup;
dns.promises.lookup = async function (host, ...rest) {
  if (!record(host)) throw refusal(host);
  return lookupPromised.call(this, host.endsWith('.localhost') ? 'localhost' : host, ...rest);
};

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...given) {
  // net.connect hands its arguments on as one array.
  const [first] = Array.isArray(given[0]) ? given[0] : given;
  const isPath = typeof first === 'string' || (typeof first === 'object' && first?.path);
  if (!isPath) {
    const host = (typeof first === 'object' ? first.host : given[1]) ?? 'localhost';
    if (!record(host)) {
      process.nextTick(() => this.destroy(refusal(host)));
      return this;
    }
  }
  return connect.apply(this, given);
};
