#import <Foundation/Foundation.h>

@implementation NSURL {
  NSString *_path;
}

+ (instancetype)fileURLWithPath:(NSString *)path {
  if (path == nil) {
    [NSException raise:NSInvalidArgumentException format:@"-[NSURL initFileURLWithPath:]: nil string parameter"];
  }
  NSURL *url = [[self alloc] init];
  url->_path = [path copy];
  return url;
}

+ (instancetype)fileURLWithPath:(NSString *)path isDirectory:(BOOL)isDirectory {
  (void)isDirectory;
  return [self fileURLWithPath:path];
}

- (NSString *)path {
  return _path;
}

- (BOOL)isFileURL {
  return YES;
}

- (const char *)fileSystemRepresentation {
  return _path.UTF8String;
}

- (id)copy {
  return self;
}

@end
