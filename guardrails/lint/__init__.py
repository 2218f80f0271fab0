"""Text in, findings out: contracts -> parsing -> plpgsql -> schema -> rules -> engine -> report."""

from guardrails.lint import nodes

nodes.install()  # before anything in here imports the parser's library
