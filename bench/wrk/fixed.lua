-- The same request over and over. Settings: method, body, type (of the body). Headers come by wrk's -H.
local report = require "report"

function init(arguments)
  local settings = report.settings(arguments)
  wrk.method = settings.method or "GET"
  if settings.body then
    wrk.body = settings.body
    wrk.headers["Content-Type"] = settings.type
  end
end

done = report.done()
