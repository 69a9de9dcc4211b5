"""What other tools need to judge the table by the same rules, each in an environment of its own."""
