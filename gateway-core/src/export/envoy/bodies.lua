-- Whether a body is too long that does not say how long it is: it is sent on only when all of it has
-- come. One that says so was looked at by `callers.lua`. The most is in a route's metadata
-- `gateway.bodies`.

local function measure(handle)
  local most = handle:metadata():get("longest_body")
  local headers = handle:headers()
  if not most or headers:get("content-length") or headers:get("upgrade") then return end
  local body = handle:body()
  if body and body:length() > most then handle:respond({[":status"] = "413"}, "") end
end

function envoy_on_request(handle)
  local fine, why = pcall(measure, handle)
  if not fine then
    handle:logErr("bodies.lua: " .. tostring(why))
    handle:respond({[":status"] = "500"}, "")
  end
end
