"""What an index is made of: its fields and their types, the checks of a definition, the rules for changing one."""
