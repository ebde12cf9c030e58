"""What people write about their photos, agree on, and take with them."""
