-- Headless Neovim as a client: open a spec with errors, see them, apply a fix, hover, complete, rename, format.
--
-- ELBO_SERVER='elbo lsp' nvim --headless --clean -u NONE -l neovim.lua FILE, or with `-S` where Neovim has no `-l`.

local file = vim.env.ELBO_FILE
local command = vim.split(vim.env.ELBO_SERVER, " ")

local function fail(what)
  io.stderr:write(what .. "\n")
  vim.cmd("cquit 1")
end

local function check(condition, what)
  if not condition then
    fail("failed: " .. what)
  end
end

local function wait_for(what, condition)
  check(vim.wait(20000, condition, 20), "waiting for " .. what)
end

vim.cmd("edit " .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
vim.bo[buffer].filetype = "elbo"
local id = vim.lsp.start_client({ name = "elbo", cmd = command, root_dir = vim.fn.fnamemodify(file, ":h") })
check(id, "the server starts")
vim.lsp.buf_attach_client(buffer, id)
local client = vim.lsp.get_client_by_id(id)
wait_for("initialization", function()
  return client.server_capabilities ~= nil and client.initialized
end)

local function errors()
  return vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR })
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
end

local function cursor_at(pattern, within)
  vim.fn.cursor(1, 1)
  local line, column = unpack(vim.fn.searchpos(pattern, "cW"))
  check(line > 0, "`" .. pattern .. "` is there")
  vim.fn.cursor(line, column + (within or 0))
end

local function ask(method, parameters)
  local answers = vim.lsp.buf_request_sync(buffer, method, parameters, 20000)
  local answer = answers and answers[id]
  check(answer and not answer.err, method .. " is answered")
  return answer.result
end

local encoding = client.offset_encoding or "utf-16"
local function here()
  return vim.lsp.util.make_position_params(0, encoding)
end

-- See the errors.
wait_for("two errors", function()
  return #errors() == 2
end)

-- Apply the fixes.
for _, pattern in ipairs({ "optimzier", "dtaa" }) do
  cursor_at(pattern)
  local parameters = vim.lsp.util.make_range_params(0, encoding)
  parameters.context = { diagnostics = {}, only = { "quickfix" } }
  local actions = ask("textDocument/codeAction", parameters)
  check(#actions == 1, "one fix of " .. pattern)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, encoding)
end
wait_for("no errors", function()
  return #errors() == 0 and not text():find("optimzier")
end)

-- Hover.
cursor_at("conv: conv2d")
local hover = ask("textDocument/hover", here())
check(hover.contents.value:find("160 parameters", 1, true), "hover counts parameters")

-- Complete.
cursor_at("adam(lr", 5)
local completion = ask("textDocument/completion", here())
local labels = vim.tbl_map(function(item)
  return item.label
end, completion.items)
check(vim.tbl_contains(labels, "betas="), "completion knows the arguments of adam")

-- Rename.
cursor_at("net(width")
local parameters = here()
parameters.newName = "small"
vim.lsp.util.apply_workspace_edit(ask("textDocument/rename", parameters), encoding)
check(text():find("model small%(width") and text():find("model = small"), "both names are new")

-- Format.
local edits = ask("textDocument/formatting", vim.lsp.util.make_formatting_params({}))
vim.lsp.util.apply_text_edits(edits, buffer, encoding)
check(text():find("  epochs    = 3", 1, true), "the layout is the canonical one")
wait_for("no errors at the end", function()
  return #errors() == 0
end)

client.stop()
wait_for("the end", function()
  return client.is_stopped()
end)
io.stdout:write("ok\n")
vim.cmd("qall!")
