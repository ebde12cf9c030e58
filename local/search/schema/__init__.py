"""What an index is made of: fields, their types and the rules about changing them."""
