"""Programs whose words are no commands: they only mention what they are given, or have nothing to do with databases."""

MENTIONS = frozenset(
    {"<", "echo", "printf", "cat", "tee", "grep", "egrep", "fgrep", "rg", "ag", "ack", "man", "info", "which", "type", "whereis", "whatis", "help",
     "apropos", "tldr", "jq", "yq", "prettier", "eslint", "biome", "code", "open", "xdg-open", "ls", "eza", "exa", "tree", "less", "more", "head",
     "tail", "wc", "diff", "cmp", "bat", "cd", "pushd", "popd", "pwd", "test", "[", "[[", "export", "declare", "local", "readonly", "typeset",
     "unset", "set", "alias", "unalias", "rm", "cp", "mv", "ln", "mkdir", "rmdir", "touch", "chmod", "chown", "stat", "file", "du", "df", "sort",
     "uniq", "cut", "tr", "sed", "awk", "gawk", "sha256sum", "md5sum", "pbcopy", "pbpaste", "xclip", "xsel", "true", "false", ":", "sleep", "wait",
     "kill", "date", "cal", "basename", "dirname", "realpath", "readlink", "seq", "yes", "tar", "zip", "unzip", "gzip", "gunzip", "zcat", "xz",
     "pip", "pip3", "npm", "pnpm", "yarn", "bun", "apt", "apt-get", "brew", "dnf", "yum", "apk", "pacman", "cargo", "go", "rustc", "gcc", "g++",
     "clang", "cmake", "make", "jest", "vitest", "pytest", "mocha", "rspec", "phpunit", "playwright", "cypress", "mypy", "ruff", "black", "isort",
     "flake8", "pylint", "tsc", "vite", "webpack", "rollup", "esbuild", "next", "nuxt", "astro", "sqlfluff", "squawk", "eugene", "sqlc", "pg_dump",
     "pg_dumpall", "pg_isready", "pg_config", "pg_format", "pg_controldata", "pg_verifybackup", "pg_amcheck", "pg_basebackup", "pg_receivewal",
     "docker", "podman", "docker-compose", "kubectl", "helm", "gh", "git", "hub", "glab", "ssh-keygen", "ssh-add", "scp", "rsync", "uname", "whoami",
     "id", "hostname", "env", "printenv", "ps", "top", "htop", "lsof", "netstat", "ss", "ping", "dig", "nslookup", "history", "fc", "clear", "reset",
     "tput", "stty", "bind", "complete", "compgen", "shopt", "ulimit", "umask", "return", "exit", "break", "continue", "shift", "getopts", "hash",
     "dirs", "jobs", "fg", "bg", "disown", "times", "logger", "notify-send", "osascript", "say", "figlet", "cowsay", "base64", "xxd", "od",
     "hexdump", "strings", "openssl", "gpg", "column", "fmt", "fold", "nl", "paste", "rev", "tac", "shuf", "split", "csplit", "comm", "join",
     "patch", "ed", "cloc", "tokei", "scc", "fzf", "pandoc", "markdownlint", "vale", "shellcheck", "shfmt", "hadolint", "actionlint", "zizmor",
     "pre-commit", "commitlint", "semgrep", "trivy", "snyk", "terraform-docs", "tflint", "source", ".", "node", "python", "ruby", "perl", "php",
     "java", "deno", "bundle", "composer", "uv", "poetry", "backstop", "loki"}
)  # fmt: skip
