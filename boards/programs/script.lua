-- SPDX-License-Identifier: Apache-2.0
-- What a script does: strings, patterns, tables, closures, metatables, errors, both kinds of number.
local out = {}
local function say(format, ...)
	out[#out + 1] = string.format(format, ...)
end

-- numbers
local sieve, primes = {}, {}
for n = 2, 200 do
	if not sieve[n] then
		primes[#primes + 1] = n
		for multiple = n * n, 200, n do
			sieve[multiple] = true
		end
	end
end
say("%d primes, the last is %d", #primes, primes[#primes])
local function fibonacci(n)
	return n < 2 and n or fibonacci(n - 1) + fibonacci(n - 2)
end
say("fibonacci %d", fibonacci(12))
say("%d %d %.3f %.3f %x", 17 // 5, -17 % 5, 17 / 4, 2.0 ^ 0.5, 0xff ~ 0x0f)
say("%s %s", 2 ^ 10, 1 << 20)

-- strings and patterns
local text = "the tongue of wood that fits a mortise"
local counts, letters = {}, {}
for letter in text:gmatch("%a") do
	if not counts[letter] then
		letters[#letters + 1] = letter
	end
	counts[letter] = (counts[letter] or 0) + 1
end
table.sort(letters, function(a, b)
	return counts[a] > counts[b] or counts[a] == counts[b] and a < b
end)
for i = 1, 5 do
	say("%s%d", letters[i], counts[letters[i]])
end
say("%s", (text:gsub("(%a+) (%a+)", "%2 %1"):upper()))
say("%q", text:sub(5, 10):reverse():rep(2, "-"))
local first, second = string.unpack("<i2 z", string.pack("<i2 z", -2, "packed"))
say("%d %s", first, second)

-- tables, metatables, closures
local vector = {}
vector.__index = vector
vector.__add = function(a, b)
	return setmetatable({ x = a.x + b.x, y = a.y + b.y }, vector)
end
vector.__tostring = function(v)
	return "(" .. v.x .. ", " .. v.y .. ")"
end
local sum = setmetatable({ x = 0, y = 0.5 }, vector)
for i = 1, 50 do
	sum = sum + setmetatable({ x = i, y = i / 2 }, vector)
end
say("%s", tostring(sum))
local function counter()
	local n = 0
	return function()
		n = n + 1
		return n
	end
end
local one, other = counter(), counter()
one()
say("%d %d", one(), other())
local sorted = {}
for i = 1, 64 do
	sorted[i] = (i * 37) % 101
end
table.sort(sorted)
say("%s", table.concat(sorted, " ", 1, 8))

-- errors
local fine, message = pcall(function()
	local nothing
	return nothing.field
end)
say("%s %s", tostring(fine), message)
fine, message = pcall(error, { code = 7 })
say("%s %d", tostring(fine), message.code)
say("%s", select(2, load("return +")))

collectgarbage()
return table.concat(out, "\n")
