"""Text in, findings out: contracts -> parsing -> plpgsql -> schema -> rules -> engine -> report."""
