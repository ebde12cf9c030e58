"""An exported table that was edited, on its way back."""
