"""The words and rules of the mention desk; imports no sibling package."""
