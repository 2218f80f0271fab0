"""CHECK constraints -> what each column of a row may hold, branch by branch."""
