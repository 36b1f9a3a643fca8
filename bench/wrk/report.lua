-- What every script of this directory shares: the settings it is given, and the one line of JSON that it ends with.
local report = {}

-- The arguments after `--`, each written name=value.
function report.settings(arguments)
  local settings = {}
  for _, argument in ipairs(arguments) do
    local name, value = argument:match("^([%w_]+)=(.*)$")
    settings[name] = value
  end
  return settings
end

-- Makes `done`. `count(threads)` gives what is counted where that is not the requests.
function report.done(count)
  return function(summary, latency)
    local errors = summary.errors
    io.write(string.format(
      'RESULT {"operations":%d,"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"refused":%d,"broken":%d}\n',
      count and count() or summary.requests,
      summary.requests,
      summary.duration / 1e6,
      latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3,
      errors.status,
      errors.connect + errors.read + errors.write + errors.timeout
    ))
  end
end

return report
