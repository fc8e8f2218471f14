"""The clock's rules told a second time, from the documents: it knows nothing of the product."""
