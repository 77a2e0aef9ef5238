incq	(%rdi)
retq
