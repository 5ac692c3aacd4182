"""Files that customers and the operator attach: kept, made harmless, scanned."""
