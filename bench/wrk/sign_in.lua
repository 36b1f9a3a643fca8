-- Begins a sign-in as one of `users` seeded users, without cookies, so that each request makes a client. With the
-- setting `password` it is a whole sign-in; without it the identifier is looked up and the attempt stored.
local report = require "report"
local users, rest

function init(arguments)
  local settings = report.settings(arguments)
  users, rest = tonumber(settings.users), ""
  if settings.password then
    rest = "&strategy=password&password=" .. settings.password:gsub(" ", "+")
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  math.randomseed(tonumber(settings.seed))
end

function request()
  local identifier = string.format("bench-%d%%40example.com", math.random(users))
  return wrk.format(nil, nil, nil, "identifier=" .. identifier .. rest)
end

done = report.done()
