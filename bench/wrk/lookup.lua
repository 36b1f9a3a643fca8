-- Reads a random one of `users` seeded e-mail addresses from a floor, by its route or (with `graphql`) by its field.
local report = require "report"
local users, graphql

function init(arguments)
  local settings = report.settings(arguments)
  users, graphql = tonumber(settings.users), settings.graphql
  if graphql then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
  end
  math.randomseed(tonumber(settings.seed))
end

function request()
  local value = string.format("bench-%d@example.com", math.random(users))
  if not graphql then
    return wrk.format(nil, "/" .. value)
  end
  return wrk.format(nil, "/", nil, '{"query":"query($value: String!) { identification(value: $value) '
    .. '{ id value createdAt } }","variables":{"value":"' .. value .. '"}}')
end

done = report.done()
