"""Supabase and the other platforms that databases live on: which of their commands change one."""

from __future__ import annotations

from guardrails.agent.catalogue.rows import DRAFT, NEW_MIGRATION, PERSON, Row
from guardrails.agent.contracts import Verdict

_ASK = Verdict.ASK
_HOSTED = "changes a hosted project, or deletes one"
_LOSES = "deletes a database, or what it keeps its rows in"
_OPENS = "opens a database on another machine to anything that is typed"
_ROLLS_OUT = "rolls out what may run migrations or remove a database"
_RUNS_SQL = "runs SQL on a database of the platform"

PLATFORMS = (
    Row(("supabase", "sb"), ("db push",), "applies every migration that is not applied yet to the linked project", DRAFT, unless=("--dry-run",)),
    Row(("supabase", "sb"), ("db reset",), "drops the database and builds it anew: its rows are lost", "run `pg-guardrails verify`, which replays everything on a database of its own", at_home=True),
    Row(("supabase", "sb"), ("migration|migrations up|down",), "applies or undoes migrations", at_home=True),
    Row(("supabase", "sb"), ("migration|migrations repair|squash",), "rewrites the history of migrations", NEW_MIGRATION),
    Row(("supabase", "sb"), ("migration|migrations fetch",), "overwrites migrations with those of the linked project", NEW_MIGRATION, _ASK, targeted=False),
    Row(("supabase", "sb"), ("db pull", "db remote commit"), "writes a migration and may change the history of the linked project", "compare with `supabase db diff`, and draft with create_migration", _ASK, targeted=False),
    Row(("supabase", "sb"), ("db remote set", "db remote changes"), _HOSTED, PERSON, _ASK),
    Row(("supabase", "sb"), ("db schema declarative sync",), "applies the declared schema", verdict=_ASK, needs=("--apply",)),
    Row(("supabase", "sb"), ("seed buckets|*",), "writes to a project", PERSON, at_home=True),
    Row(("supabase", "sb"), ("branches|branch create|delete|merge|reset|update|disable|pause|unpause",), _HOSTED, PERSON, targeted=False),
    Row(("supabase", "sb"),
        ("projects|project create|delete|pause|restore", "config push", "secrets set|unset", "postgres-config update|delete", "backups restore", "storage rm|cp|mv", "sso add|update|remove",
         "ssl-enforcement update", "network-restrictions update", "network-bans remove", "vanity-subdomains activate|delete", "domains create|delete|activate|reverify", "encryption update-root-key",
         "orgs create", "snippets delete", "functions delete"), _HOSTED, PERSON, targeted=False),
    Row(("supabase", "sb"), ("link", "login", "unlink", "logout"), "decides which hosted project later commands change", PERSON, _ASK, targeted=False),
    Row(("supabase", "sb"), ("stop",), "deletes the local database", "stop it without --no-backup", _ASK, targeted=False, needs=("--no-backup", "--all")),
    Row(("supabase", "sb"), ("functions deploy",), "deploys code that reaches the database with every right", PERSON, _ASK, targeted=False),
    Row(("neonctl", "neon"), ("branches|branch|projects|project|databases|roles|operations delete|reset|restore|create|rename|set-default|update|add-compute|schema-apply", "reset|restore"), _HOSTED, PERSON, targeted=False),
    Row(("neonctl", "neon"), ("connection-string|cs|psql",), _OPENS, PERSON, targeted=False, needs=("--psql", "psql")),
    Row(("turso",), ("db destroy|shell|create|import|replicate|update|invalidate-tokens", "group destroy|delete|update|transfer", "org destroy"), _HOSTED, PERSON, targeted=False),
    Row(("pscale",), ("deploy-request|dr deploy|create|apply|revert|review|edit|close", "branch|database|db|password delete|promote|demote|safe-migrations|refresh-schema|create", "shell|connect", "database restore-dump", "database import", "backup restore"), _HOSTED, PERSON, targeted=False),
    Row(("wrangler",), ("d1 migrations apply", "d1 execute", "d1 delete", "d1 time-travel restore", "d1 import"), _RUNS_SQL, PERSON, _ASK),
    Row(("xata",), ("push|migrate|roll|clone|restore", "schema upload", "branch delete|create", "dbs delete"), _HOSTED, PERSON, targeted=False),
    Row(("heroku",),
        ("pg:psql|psql", "pg:reset|pg:restore|pg:push|pg:pull|pg:copy|pg:promote|pg:upgrade|pg:unfollow|pg:killall|pg:maintenance:run|pg:backups:restore|pg:backups:delete|pg:credentials:*|pg:settings:*|pg:connection-pooling:*",
         "addons:destroy|addons:detach|apps:destroy|addons:upgrade|addons:downgrade|pipelines:promote|releases:rollback|rollback|destroy|config:set|config:unset"), _HOSTED, PERSON, targeted=False),
    Row(("fly", "flyctl"), ("postgres|pg|mpg connect|destroy|failover|import|restart|detach|attach|update|restore|config|renew-certs|barman|users|databases", "volumes|volume|vol destroy|delete|update", "apps|app destroy", "destroy", "secrets set|unset", "machine|machines destroy|remove|kill", "proxy"), _HOSTED, PERSON, targeted=False),
    Row(("fly", "flyctl"), ("deploy",), _ROLLS_OUT, PERSON, _ASK, targeted=False),
    Row(("railway",), ("connect|down|delete|redeploy", "volume|environment|service delete|detach|update", "variables|variable --set", "variable set|delete"), _HOSTED, PERSON, targeted=False, unless=("--kv", "--json")),
    Row(("railway",), ("up|deploy",), _ROLLS_OUT, PERSON, _ASK, targeted=False),
    Row(("render",), ("psql", "services delete|update", "postgres *"), _OPENS, PERSON, targeted=False),
    Row(("cb",), ("psql|destroy|restart|scale|upgrade|detach|role|scope",), _HOSTED, PERSON, targeted=False),
    Row(("tiger", "timescale"), ("service|svc delete|update-password|fork|stop", "db connect|psql|create", "services delete"), _HOSTED, PERSON, targeted=False),
    Row(("avn",), ("service terminate|update|database-delete|database-create|user-delete|cli|topic-delete", "project delete"), _HOSTED, PERSON, targeted=False),
    Row(("doctl",), ("databases|database|db|dbs|d delete|migrate|resize|create|restore|pool|user|db|maintenance-window|fork|firewalls",), _HOSTED, PERSON, targeted=False, unless=("list", "get", "ls")),
    Row(("linode-cli", "scw", "exo", "oci", "ibmcloud", "civo", "vultr-cli", "hcloud"), ("...delete|delete-instance|*-delete|terminate|restore|rebuild",), _HOSTED, PERSON, targeted=False),
    Row(("gcloud",),
        ("sql import|connect|export", "sql instances|databases|users|backups|operations delete|patch|restore-backup|failover|promote-replica|reset-ssl-config|restart|clone|set-password|create|restore|import",
         "beta|alpha sql connect|import|instances|databases", "alloydb clusters|instances|backups|users delete|restore|update|failover|create|import", "spanner databases|instances delete|ddl|execute-sql", "compute disks delete", "projects delete", "container clusters delete", "secrets delete|versions"),
        _HOSTED, PERSON, targeted=False, unless=("list", "describe")),
    Row(("aws",), ("rds-data execute-statement|batch-execute-statement|execute-sql|begin-transaction|commit-transaction",), _RUNS_SQL, PERSON, targeted=False),
    Row(("aws",),
        ("rds|docdb|neptune|redshift|redshift-serverless|dsql delete-*|restore-*|modify-*|reboot-*|failover-*|stop-*|promote-*|reset-*|remove-*|create-*|switchover-*|start-export-task|apply-*|copy-*",
         "redshift-data execute-statement|batch-execute-statement", "dynamodb delete-table|delete-item|batch-write-item|update-table|restore-*", "ec2 delete-volume|delete-snapshot|terminate-instances",
         "backup start-restore-job|delete-*", "cloudformation deploy|delete-stack|update-stack|execute-change-set", "secretsmanager put-*|delete-*|update-*"),
        _HOSTED, PERSON, targeted=False, unless=("--dry-run", "--generate-cli-skeleton")),
    Row(("az",), ("postgres flexible-server|server|db|arc-server delete|execute|restore|update|connect|restart|stop|revive-dropped|upgrade|create|geo-restore|migration",
                  "postgres flexible-server|server db|parameter|firewall-rule|backup|replica|migration|ad-admin delete|create|set|update|promote|execute", "sql db|server delete|restore|import|update", "cosmosdb *", "group delete", "aks delete"),
        _HOSTED, PERSON, targeted=False, unless=("list", "show")),
    Row(("kubectl", "oc"),
        ("delete pvc|pv|persistentvolumeclaim|persistentvolumeclaims|persistentvolume|persistentvolumes|namespace|namespaces|ns|statefulset|statefulsets|sts|cluster|clusters|postgresql|postgresqls|postgrescluster|postgresclusters|pvc/*|pv/*|ns/*|namespace/*|statefulset/*|sts/*|persistentvolumeclaim/*|cluster/*|postgresql/*|all|secret|secrets|secret/*", "cnpg destroy|promote|restart|psql"),
        _LOSES, PERSON, targeted=False, unless=("--dry-run",)),
    Row(("kubectl", "oc"), ("apply|create|replace|patch|scale|rollout|edit|set|drain",), _ROLLS_OUT, PERSON, _ASK, targeted=False, unless=("--dry-run", "status", "history")),
    Row(("helm",), ("upgrade|install|rollback",), _ROLLS_OUT, PERSON, _ASK, targeted=False, unless=("--dry-run",)),
    Row(("helm",), ("uninstall|delete|del|un",), _LOSES, PERSON, targeted=False, unless=("--dry-run",)),
    Row(("terraform", "tofu", "terragrunt", "cdktf"), ("apply|import|taint|refresh|deploy", "state rm|mv|push|replace-provider", "run-all apply", "workspace delete"), _ROLLS_OUT, PERSON, _ASK, targeted=False),
    Row(("terraform", "tofu", "terragrunt", "cdktf"), ("destroy", "run-all destroy", "apply -destroy"), _LOSES, PERSON, targeted=False),
    Row(("pulumi",), ("destroy", "stack rm"), _LOSES, PERSON, targeted=False, unless=("--preview-only",)),
    Row(("pulumi",), ("up|update|import|refresh|cancel", "state delete"), _ROLLS_OUT, PERSON, _ASK, targeted=False),
    Row(("cdk", "sst", "sls", "serverless", "amplify", "sam", "copilot"), ("destroy|remove|delete",), _LOSES, PERSON, targeted=False),
    Row(("cdk", "sst", "sls", "serverless", "amplify", "sam", "copilot", "kamal", "cap", "ansible-playbook", "argocd", "flux", "waypoint", "nomad"), ("deploy|push|sync|run|rollout", "app|job sync|run", "*.yml|*.yaml", "...deploy"), _ROLLS_OUT, PERSON, _ASK, targeted=False, unless=("--check", "--dry-run", "local")),
    Row(("docker", "podman", "nerdctl"), ("volume rm|remove|prune",), _LOSES, PERSON, _ASK, targeted=False),
    Row(("docker", "podman", "nerdctl"), ("compose down|rm", "system prune", "rm|container rm", "container prune"), _LOSES, "leave out the option that deletes volumes", _ASK, targeted=False, needs=("-v", "--volumes", "-fv", "-vf", "-fsv", "-rfv")),
    Row(("docker-compose", "podman-compose"), ("down|rm",), _LOSES, "leave out the option that deletes volumes", _ASK, targeted=False, needs=("-v", "--volumes", "-fv", "-vf", "-fsv")),
    Row(("minikube", "kind", "k3d"), ("delete", "cluster delete", "delete cluster"), _LOSES, PERSON, _ASK, targeted=False),
    Row(("zfs", "lvremove", "btrfs", "mkfs"), ("destroy|rollback", "subvolume delete"), _LOSES, PERSON, _ASK, targeted=False),
    Row(("systemctl", "service", "brew", "launchctl"), ("stop|restart|disable|kill postgres*", "postgres* stop|restart", "services stop|restart postgres*"), "stops the database", PERSON, _ASK, targeted=False),
)  # fmt: skip
