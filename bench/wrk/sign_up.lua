-- Signs new people up: creates a sign-up by e-mail address and password, then proves the address by the code of test
-- addresses. An operation is a whole journey, a latency that of one of its two requests. Connections take up whatever
-- journey waits, as a native client that keeps its token itself. Works with one thread of wrk, which has one state.
local report = require "report"
local native = "?_is_native=1"
local waiting, number, run, password = {}, 0, nil, nil
local thread
completed = 0 -- global, so that `done` can ask the thread for it

function setup(started) thread = started end

function init(arguments)
  local settings = report.settings(arguments)
  run, password = settings.seed, settings.password:gsub(" ", "+")
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function request()
  local begun = table.remove(waiting)
  if begun then
    local headers = { ["Content-Type"] = wrk.headers["Content-Type"], ["Authorization"] = begun.token }
    local path = "/v1/client/sign_ups/" .. begun.id .. "/attempt_verification" .. native
    return wrk.format(nil, path, headers, "strategy=email_code&code=424242")
  end
  number = number + 1
  local address = string.format("new-%s-%d%%2Bclerk_test%%40example.com", run, number)
  return wrk.format(nil, "/v1/client/sign_ups" .. native, nil,
    "email_address=" .. address .. "&password=" .. password .. "&strategy=email_code")
end

function response(status, headers, body)
  if body:find('"status":"complete"', 1, true) then
    completed = completed + 1
    return
  end
  local token, id = nil, body:match('"id":"(sua_%w+)"')
  for name, value in pairs(headers) do
    if name:lower() == "authorization" then token = value end
  end
  if status == 200 and id and token then
    waiting[#waiting + 1] = { id = id, token = token }
  end
end

done = report.done(function() return thread:get("completed") end)
