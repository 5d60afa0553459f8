-- One reading of a path, for matching, and a refusal of paths that have two.
--
-- Dynamic metadata `gateway`: `raw`, the path as it was sent; `path`, decoded, without doubled slashes
-- and `;parameters`; `query`; `authority` in lower case; `host`, the same without port.

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function is_utf8(text)
  local rest = text:gsub("[%z\1-\127]", "")
  rest = rest:gsub("[\194-\223][\128-\191]", ""):gsub("\224[\160-\191][\128-\191]", "")
  rest = rest:gsub("\237[\128-\159][\128-\191]", ""):gsub("[\225-\239][\128-\191][\128-\191]", "")
  rest = rest:gsub("\240[\144-\191][\128-\191][\128-\191]", "")
  rest = rest:gsub("\244[\128-\143][\128-\191][\128-\191]", "")
  return rest:gsub("[\241-\243][\128-\191][\128-\191][\128-\191]", "") == ""
end

-- The path in its one reading; nil where it has two.
local function normal(raw)
  if raw:gsub("%%%x%x", ""):find("%", 1, true) or raw:sub(1, 1) ~= "/" then return nil end
  local text = decoded(raw)
  if text:find("[%c\\]") or text:find("\194[\128-\159]") or not is_utf8(text) then return nil end
  local path = ""
  for segment in (text .. "/"):gmatch("([^/]*)/") do
    local name = segment:match("^[^;]*")
    if name == "." or name == ".." then return nil end
    if name ~= "" then path = path .. "/" .. name end
  end
  if text:sub(-1) == "/" or path == "" then path = path .. "/" end
  return path
end

local function read(handle)
  local headers = handle:headers()
  local raw, query = headers:get(":path"):match("^([^?]*)%??(.*)$")
  local path = normal(raw)
  if not path then return handle:respond({[":status"] = "400"}, "") end
  local authority = (headers:get(":authority") or ""):lower()
  headers:replace(":authority", authority)
  local facts = handle:streamInfo():dynamicMetadata()
  facts:set("gateway", "raw", raw)
  facts:set("gateway", "path", path)
  facts:set("gateway", "query", query)
  facts:set("gateway", "more_query", query == "" and "" or "&" .. query)
  facts:set("gateway", "whole_query", query == "" and "" or "?" .. query)
  facts:set("gateway", "authority", authority)
  facts:set("gateway", "host", authority:match("^%[.*%]") or authority:match("^[^:]*"))
  handle:clearRouteCache()
  -- A browser's preflight goes to the route that would take the request, if that answers preflights.
  if handle:metadata():get("preflight") == "none" then
    facts:set("gateway", "preflight", "none")
    handle:clearRouteCache()
  end
end

function envoy_on_request(handle)
  local fine, why = pcall(read, handle)
  if not fine then
    handle:logErr("path.lua: " .. tostring(why))
    handle:respond({[":status"] = "500"}, "")
  end
end

-- Where pages of any origin may call, browsers are told so, and not the origin of this one.
function envoy_on_response(handle)
  local headers = handle:headers()
  if headers:get("access-control-allow-origin") and handle:metadata():get("any_origin") then
    headers:replace("access-control-allow-origin", "*")
  end
end
